"""Small pieces and files made by hand, for tests of several folders."""
