/** Something the caller asked for cannot be: a port in use, a folder that is not ours. Nothing was started. */
export class ConfigurationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConfigurationError';
  }
}
