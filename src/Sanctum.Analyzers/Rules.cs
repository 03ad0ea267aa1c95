using Microsoft.CodeAnalysis;

namespace Sanctum.Analyzers;

/// <summary>What is warned about. docs/analyzers.md describes each.</summary>
internal static class Rules
{
    private const string Category = "Secrets";
    private const string Help = "docs/analyzers.md";

    /// <summary>A retrieved secret goes where others can read it.</summary>
    public static readonly DiagnosticDescriptor GivenAway = new(
        "SANCTUM001",
        "A retrieved secret is given away",
        "The secret that '{0}' retrieved is {1}",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        "Logs, text, static fields and the environment outlive a lease, and others read them. Use the secret at once, or let the vault use it.",
        Help);

    /// <summary>Nobody releases a lease.</summary>
    public static readonly DiagnosticDescriptor NotDisposed = new(
        "SANCTUM002",
        "A lease is not disposed",
        "The lease in '{0}' is not disposed: declare it with 'await using'",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        "A lease that nobody disposes lasts until it expires, and so does the secret in memory.",
        Help);

    /// <summary>A key that should be in a vault.</summary>
    public static readonly DiagnosticDescriptor KeyInSource = new(
        "SANCTUM003",
        "An API key is in the source",
        "This text looks like an API key for {0}: store it in the vault, and give the SDK an HttpClient of 'UseSanctumCredential' or 'SanctumHttpHandler'",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        "Whoever reads the source has the key. With the vault, the program does not have it either.",
        Help);
}
