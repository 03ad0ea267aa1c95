namespace Sanctum.Cli.Output;

/// <summary>
/// The one line that a daemon in the background writes to the command that started it: that it responds, or why it does not.
/// </summary>
internal sealed record HandOver(bool Ready, ErrorBody? Error = null);
