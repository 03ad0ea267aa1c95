namespace Sanctum.Cli.Secrets;

/// <summary>What the name of an environment variable says of its value.</summary>
internal static class VariableName
{
    private static readonly HashSet<string> Secret = new(StringComparer.Ordinal)
    {
        "KEY", "APIKEY", "TOKEN", "AUTHTOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "PASS", "PWD", "CREDENTIAL", "CREDENTIALS", "AUTH", "PAT", "SIGNATURE", "SALT",
    };

    // Build tools put these into what every visitor of a page gets.
    private static readonly string[] PublicStarts = ["NEXT_PUBLIC_", "VITE_", "REACT_APP_", "NUXT_PUBLIC_", "EXPO_PUBLIC_", "PUBLIC_", "GATSBY_"];

    private static readonly HashSet<string> Public = new(StringComparer.Ordinal) { "PUBLIC", "PUBLISHABLE", "PUB" };

    // What is said about a secret, at a name's end.
    private static readonly HashSet<string> About = new(StringComparer.Ordinal)
    {
        "ID", "NAME", "URL", "URI", "HOST", "PORT", "PATH", "FILE", "DIR", "USER", "USERNAME", "EMAIL", "TTL", "EXPIRY", "EXPIRES", "TIMEOUT", "LENGTH", "SIZE", "TYPE", "ALGORITHM", "ALG", "REGION", "ENABLED", "HEADER",
        "ROUNDS", "VERSION", "LIMIT", "ISSUER", "AUDIENCE", "DOMAIN", "METHOD", "PREFIX",
    };

    /// <summary>Whether it says that the value is no secret.</summary>
    public static bool IsPublic(string name) =>
        PublicStarts.Any(start => name.StartsWith(start, StringComparison.OrdinalIgnoreCase)) || Words(name).Any(Public.Contains);

    /// <summary>Whether it says that the value is a secret.</summary>
    public static bool IsSecret(string name) => !IsPublic(name) && Words(name) is [.., var last] words && !About.Contains(last) && words.Any(Secret.Contains);

    /// <summary>Its words in capitals.</summary>
    public static string[] Words(string name) => name.ToUpperInvariant().Split((char[])['_', '.', '-'], StringSplitOptions.RemoveEmptyEntries);
}
