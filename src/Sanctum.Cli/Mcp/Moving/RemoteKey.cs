using System.Text;
using System.Text.Unicode;
using Sanctum.Cli.Bindings;
using Sanctum.Cli.Dotenv;
using Sanctum.Cli.Imports;
using Sanctum.Cli.Mcp.Texts;
using Sanctum.Cli.Secrets;
using Sanctum.Credentials;
using Sanctum.Mcp.Wrapping;

namespace Sanctum.Cli.Mcp.Moving;

/// <summary>The key of a server elsewhere: in a header, or in its URL. It is bound to that server's host.</summary>
internal static class RemoteKey
{
    private const string Authorization = "Authorization";

    public static ServerMove Of(FoundServer server, string prefix)
    {
        var keys = Found(server).ToList();
        if (keys.Count == 0)
        {
            return new(server, [], []);
        }

        var origin = ServerOrigin.Of(server.Url!.Value);
        var why = server.Flaw ?? (
            server.IsOverSse ? "the server is served over SSE, and 'sanctum mcp wrap' speaks Streamable HTTP; if it has an endpoint for that, write its URL"
            : origin is null ? "the server's URL can't be read"
            : !origin.IsSecure ? "it goes out without TLS: write https:// in the server's URL"
            : keys.Count > 1 ? "the server gets more than one key, and a request through the vault has one"
            : server.Headers.Where(it => it != keys[0].Found).Select(WhyNotBeside).FirstOrDefault(it => it is not null));
        var (key, path) = (keys[0], CredentialPath.TryParse($"{prefix}/{keys[0].Name.ToLowerInvariant()}", out var made) ? made.Value : null);
        why ??= path is null ? "its name can't be part of a path" : null;
        if (why is not null)
        {
            return new(server, [], [.. keys.Select(it => new LeftKey(it.Found.Line, $"{server.Name}: {it.Name}", why) { Value = it.Raw })]);
        }

        var secret = new PlannedSecret(new DotenvEntry(key.Found.Line, key.Name, key.Secret, key.Found.Place.Start..key.Found.Place.End), path!, null, SecretShapes.Of(key.Secret)?.Kind)
        {
            // A session's id opens something too, and the server gives it: see decision 164.
            Binding = new GivenBinding
            {
                HeaderType = key.Type, User = key.User, Hosts = origin!.IsInside ? null : [origin.Authority], AllowedOrigins = origin.IsInside ? [origin.ToString()] : null, AllowedCredentials = ["Mcp-Session-Id"],
            },
        };
        return new(server, [new MovedKey(server.Name, key.Found, key.Raw, secret, IsExposed: false)], [])
        {
            Url = key.Found == server.Url ? WithoutParameter(server.Url.Value, key.Name) : server.Url.Value,
            Headers = [.. server.Headers.Where(it => it != key.Found).Select(it => $"{it.Name}: {it.Value.Trim()}")],
        };
    }

    // What 'mcp wrap --header' takes. What the host puts in a placeholder's place may be a secret, and would be in the list of processes.
    private static string? WhyNotBeside(FoundValue header) =>
        ProgramKeys.IsReference(header.Value) ? $"the host puts something else into the header {header.Name}; write its value there if it is no secret"
        : ServerHeaders.WhyNot(header.Name, header.Value.Trim(), withCredential: true) is not null ? $"its header {header.Name} can't go beside the key" : null;

    private static IEnumerable<Key> Found(FoundServer server) =>
        server.Headers.Where(it => !ProgramKeys.IsReference(it.Value)).Select(OfHeader).Concat(ProgramKeys.IsReference(server.Url!.Value) ? [] : Parameters(server.Url)).OfType<Key>();

    private static Key? OfHeader(FoundValue header)
    {
        if (!header.Name.Equals(Authorization, StringComparison.OrdinalIgnoreCase))
        {
            var type = header.Name.Equals("X-Api-Key", StringComparison.OrdinalIgnoreCase) ? "api_key" : $"custom:{header.Name}";
            return IsKey(header.Name, header.Value) ? new(header, header.Name, header.Value, header.Value, type) : null;
        }

        // RFC 9110, section 11.4: a scheme, a space, and what it is given.
        var parts = header.Value.Trim().Split(' ', 2, StringSplitOptions.TrimEntries);
        return parts switch
        {
            [var only] => Randomness.LooksSecret(only) ? new(header, header.Name, only, only, $"custom:{Authorization}") : null,
            [_, var given] when ProgramKeys.IsReference(given) => null,
            [var scheme, var given] when scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) => OfBasic(header, given),
            [var scheme, var given] when Randomness.LooksSecret(given) || SecretShapes.Of(given) is not null =>
                new(header, header.Name, given, given, scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) ? "bearer" : $"scheme:{scheme}"),
            _ => null,
        };
    }

    // RFC 7617: base64 of the user's name, a colon and the password.
    private static Key? OfBasic(FoundValue header, string given)
    {
        var bytes = new byte[given.Length];
        if (!Convert.TryFromBase64String(given, bytes, out var length) || !Utf8.IsValid(bytes.AsSpan(0, length)))
        {
            return null;
        }

        var parts = Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2);
        return parts is [{ Length: > 0 } user, { Length: > 0 } password] ? new(header, header.Name, given, password, "basic") { User = user } : null;
    }

    private static IEnumerable<Key?> Parameters(FoundValue url) =>
        from pair in Query(url.Value)
        let parts = pair.Split('=', 2)
        where parts.Length == 2 && Uri.UnescapeDataString(parts[1]) is var value && IsKey(Words(parts[0]), value)
        select new Key(url, parts[0], parts[1], Uri.UnescapeDataString(parts[1]), $"query:{parts[0]}");

    private static string[] Query(string url) => url.Split('#')[0].Split('?', 2) is [_, var query] ? query.Split('&') : [];

    private static string WithoutParameter(string url, string name)
    {
        var (bare, kept) = (url.Split('?', 2)[0], Query(url).Where(pair => pair.Split('=', 2)[0] != name).ToList());
        return kept.Count > 0 ? $"{bare}?{string.Join('&', kept)}" : bare;
    }

    private static bool IsKey(string name, string value) => SecretShapes.Of(value) is not null || (VariableName.IsSecret(name) && Randomness.LooksSecret(value));

    // tavilyApiKey, as VariableName reads it: tavily_Api_Key.
    private static string Words(string name) => string.Concat(name.Select((c, at) => at > 0 && char.IsAsciiLetterUpper(c) && char.IsAsciiLetterLower(name[at - 1]) ? $"_{c}" : $"{c}"));

    private sealed record Key(FoundValue Found, string Name, string Raw, string Secret, string Type)
    {
        public string? User { get; init; }
    }
}
