using System.Collections.Frozen;
using System.Net.Http.Headers;

namespace Sanctum.Client;

/// <summary>
/// Which headers of a program's request stay in its process when <see cref="SanctumHttpHandler"/> sends it. Headers about the connection stay, since every
/// transport writes its own. Headers with an SDK's key stay, since the vault adds the real key.
/// </summary>
internal sealed class TransportHeaders(HttpRequestMessage request, HttpUseOptions options)
{
    // RFC 9110, sections 7.2, 7.6.1 and 10.1.1; RFC 9112, section 6; RFC 7540, section 3.2.1.
    private static readonly FrozenSet<string> OfConnection = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "TE", "Trailer", "Expect", "HTTP2-Settings");

    // Where SDKs send a key, and those that signing for AWS adds. Proxy-Authorization is for a proxy, and there is none.
    private static readonly FrozenSet<string> OfKeys = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Authorization", "Proxy-Authorization", "X-Api-Key", "Api-Key", "ApiKey", "X-Goog-Api-Key", "XI-Api-Key", "X-Auth-Token", "X-Auth-Key", "X-Access-Token", "Access-Token", "X-Token", "Token",
        "Private-Token", "Job-Token", "Circle-Token", "Fastly-Key", "DD-API-KEY", "Ocp-Apim-Subscription-Key", "X-Subscription-Token", "X-Functions-Key", "X-RapidAPI-Key", "X-Shopify-Access-Token",
        "X-Postmark-Server-Token", "X-Postmark-Account-Token", "X-Vault-Token", "X-Consul-Token", "X-Figma-Token", "X-Honeycomb-Team", "X-Algolia-API-Key", "X-Cg-Pro-Api-Key",
        "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256");

    // RFC 9110, section 7.6.1: Connection names others that are for this connection alone. What asks for a change of protocol is looked at by itself.
    private readonly HashSet<string> _namedByConnection = new(request.Headers.Connection.Where(name => !IsUpgrade(name)), StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a header goes to the vault.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">Its values.</param>
    public bool Leaves(string name, HeaderStringValues values) =>
        !OfConnection.Contains(name)
        && !_namedByConnection.Contains(name)
        && !(name.Equals("Host", StringComparison.OrdinalIgnoreCase) && IsOwnHost(request.RequestUri, values.ToString())) // Another one is for the vault to refuse.
        && !IsUpgradeOfHttp(name, values.ToString())
        && !IsOfKey(name, values, options);

    /// <summary>Whether a header carries an SDK's own key, which stays in the process.</summary>
    public static bool IsOfKey(string name, HeaderStringValues values, HttpUseOptions options) =>
        (OfKeys.Contains(name) || name.Equals(options.HeaderName, StringComparison.OrdinalIgnoreCase) || (options.Placeholder is not null && options.HasPlaceholder(values.ToString())))
        && !options.PassHeaders.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a <c>Host</c> header says the same as the address. Some that sign for AWS leave out the port.</summary>
    public static bool IsOwnHost(Uri? address, string value) =>
        address is { IsAbsoluteUri: true }
        && (value.Equals(address.Authority, StringComparison.OrdinalIgnoreCase) || value.Equals(address.Host, StringComparison.OrdinalIgnoreCase) || value.Equals($"{address.Host}:{address.Port}", StringComparison.OrdinalIgnoreCase));

    // Who offers HTTP/2 is content with HTTP/1.1. Who asks for a web socket is not: the vault refuses that.
    private static bool IsUpgradeOfHttp(string name, string value) => IsUpgrade(name) && value.StartsWith("h2c", StringComparison.OrdinalIgnoreCase);

    private static bool IsUpgrade(string name) => name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase);
}
