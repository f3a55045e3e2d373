"""At the property: device frames in, samples and events out, kept until a receipt covers them."""
