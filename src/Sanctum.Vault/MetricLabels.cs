namespace Sanctum;

/// <summary>What the vault's measurements may say of whose call it was. Each makes a series for every agent or credential that there is.</summary>
[Flags]
public enum MetricLabels
{
    /// <summary>Neither agents nor credentials.</summary>
    None = 0,

    /// <summary>The agent's name.</summary>
    Agent = 1,

    /// <summary>The credential's path.</summary>
    Credential = 2,
}
