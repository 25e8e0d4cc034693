"""How households come to claim: the monthly funnel and the welfare offices."""
