export * from '../zab/server-line.js';
