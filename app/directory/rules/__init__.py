"""What changes of single kinds of objects mean, beyond what their declaration says (connect.md 14 and 15)."""
