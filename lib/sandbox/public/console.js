// The console comes here.
