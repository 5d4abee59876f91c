"""Who and what there is: households, their members, places with outlines, consents. What people
do, and what they are owed, stands on other floors.
"""
