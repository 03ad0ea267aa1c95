namespace Sanctum.Bench.Siege;

/// <summary>One way of taking what others need.</summary>
/// <param name="Name">A word for the command line and the table.</param>
/// <param name="What">What is sent, in a few words.</param>
/// <param name="RunAsync">Sends it until it is cancelled. What it opened is closed when it returns.</param>
internal sealed record Flood(string Name, string What, Func<SiegeField, CancellationToken, Task> RunAsync);
