using Sanctum.Mcp.Wrapping.Pins;

namespace Sanctum.Mcp.Wrapping;

/// <summary>What a server is wrapped with.</summary>
public sealed record WrapOptions
{
    /// <summary>Where the tools that were accepted are kept, and what the operator calls the server.</summary>
    public required PinFiles Pins { get; init; }

    /// <summary>The command that shows the difference and accepts it, for errors.</summary>
    public required string AcceptCommand { get; init; }

    /// <summary>Tells the operator something: one line, without secrets.</summary>
    public required Action<string> Note { get; init; }

    /// <summary>Measures time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long the server may take to list its tools, or to shake hands again. Default: 30 seconds.</summary>
    public TimeSpan ServerPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long requests that still run are waited for when the host has closed its side. Default: 5 seconds.</summary>
    public TimeSpan Farewell { get; init; } = TimeSpan.FromSeconds(5);
}
