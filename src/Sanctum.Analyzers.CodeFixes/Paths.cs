using Microsoft.CodeAnalysis;

namespace Sanctum.Analyzers.CodeFixes;

/// <summary>What a service's credential is called in the documents' examples. Who has another name changes it.</summary>
internal static class Paths
{
    private static readonly (string Namespace, string Path)[] _known =
    [
        ("OpenAI", "openai/api_key"), ("Azure.AI.OpenAI", "azure/openai"), ("Azure", "azure/api_key"), ("Anthropic", "anthropic/api_key"), ("Octokit", "github/token"), ("Stripe", "stripe/api_key"),
        ("Microsoft.SemanticKernel", "openai/api_key"),
    ];

    /// <summary>By the SDK that a type is of.</summary>
    public static string Of(ITypeSymbol? type)
    {
        var name = type?.ContainingNamespace?.ToDisplayString() ?? "";
        return _known.Where(it => name == it.Namespace || name.StartsWith(it.Namespace + ".", StringComparison.Ordinal)).Select(it => it.Path).FirstOrDefault() ?? Of("service");
    }

    /// <summary>By the name that a client is registered under.</summary>
    public static string Of(string client)
    {
        var name = new string([.. client.ToLowerInvariant().Select(it => it is (>= 'a' and <= 'z') or (>= '0' and <= '9') ? it : '_')]).Trim('_');
        return $"{(name.Length > 0 ? name : "service")}/api_key";
    }
}
