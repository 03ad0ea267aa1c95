namespace Sanctum.Mcp;

/// <summary>What a <see cref="VaultServer"/> offers.</summary>
public sealed record VaultServerOptions
{
    /// <summary>The version that it tells the host.</summary>
    public string Version { get; init; } = "0.0.0";

    /// <summary>Whether there is a tool that gives the model a secret. It is there only where a policy grants <c>retrieve</c> as well. Default: no.</summary>
    public bool AllowsRetrieval { get; init; }

    /// <summary>A published set of tools that is offered as well, under its names: <c>v1</c>, <c>v2</c> or <c>v3</c>. Default: none.</summary>
    public string? Aliases { get; init; }

    /// <summary>How long a call waits, mostly for an operator's approval, before the host gets a handle to come back with. Hosts give up after a minute. Default: 45 seconds.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
