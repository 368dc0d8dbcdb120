"""The objects of the contract as they stand on the wire: request schemas and the forms of answers.

The REST door reads bodies by them and the portal its forms, so a field has the same limits and the same texts in both.
"""
