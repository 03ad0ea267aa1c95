using System.Diagnostics.CodeAnalysis;
using Sanctum.Credentials;

namespace Sanctum.Cli.Dotenv;

/// <summary>A credential's path in a secret's place: <c>sanctum://openai/api_key</c>.</summary>
internal static class Reference
{
    public const string Scheme = "sanctum://";

    public static bool Is(string value) => value.StartsWith(Scheme, StringComparison.Ordinal);

    public static string To(string path) => Scheme + path;

    public static bool TryParse(string value, [NotNullWhen(true)] out string? path)
    {
        path = Is(value) && CredentialPath.TryParse(value[Scheme.Length..], out var parsed) ? parsed.Value : null;
        return path is not null;
    }
}
