"""Models as rows: trained, validated, activated, watched and rolled back."""
