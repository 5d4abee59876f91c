"""Every matter about the ledger that takes two people: correcting a row, handing points of a
household over, ending points by a resolution. The ledger moves the points and knows none of this.
"""
