//! One async function per sentence of a port's text; a store's tests call them all.
