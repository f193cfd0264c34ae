"""What a control, outage or closure does week by week, and how well past episodes would have been called."""
