export * from '../../src/testing/contracts/receiver.ts'
