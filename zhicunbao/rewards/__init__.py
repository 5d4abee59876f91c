"""Rewards (兑换): points become things. The points shop stands here."""
