"""The endpoints: a class for each subject, a method for each operation of the manual.

The manual's `OPERATIONS` say address, method and scopes; the method of the same name here answers.
Nothing is recorded where the answer is a 4xx.
"""
