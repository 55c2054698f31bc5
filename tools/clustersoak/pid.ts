/** Imported first by the soak's workers: tells the number of the process before anything is loaded. */
console.log(`PID ${process.pid}`);
