"""The catalogue: any of a hundred thousand pictures found again. A cache; the files hold everything."""
