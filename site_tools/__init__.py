"""What MkDocs needs to build the site beside the pages of docs/."""
