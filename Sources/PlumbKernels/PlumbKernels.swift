// Owners of C handles.
