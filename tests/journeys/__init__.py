"""What people do with the product, in a real Chromium. Few, long, and in their own words."""
