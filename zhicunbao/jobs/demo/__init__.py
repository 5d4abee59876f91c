"""The demo street: invented people, names, outlines and pictures on the real divisions of 浮云街道.
Everything here is marked as demo; nothing of it is ever needed by a real installation.
"""
