using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Egress;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Tests.Fixture;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>
/// A vault, an agent that may use its one credential, and the network as the vault sees it: names have the addresses that a test gives
/// them, every other name is loopback's, and one authority is trusted that nobody else knows.
/// </summary>
internal sealed class Outside : IAsyncDisposable
{
    /// <summary>With characters that every encoding writes in its own way.</summary>
    public const string Secret = "sk-live/9fQ2+x7ZtPqLw0==";

    public const string Path = "api/key";
    public const string Host = "api.example.test";

    /// <summary>Public as far as anybody can tell, and nowhere: 3ffe::/16 went back to IANA in 2006 (RFC 3701) and is not routed.</summary>
    public static readonly IPAddress PublicAndUnreachable = IPAddress.Parse("3ffe::1");

    private readonly ConcurrentQueue<string> _asked = new();

    private Outside()
    {
    }

    public TestVault Test { get; private set; } = null!;

    public Caller Bot { get; set; } = null!;

    public TestAuthority Authority { get; } = new();

    /// <summary>What the resolver says of a name; it may wait, fail, or say something else each time.</summary>
    public ConcurrentDictionary<string, Func<CancellationToken, Task<IPAddress[]>>> Addresses { get; } = new(StringComparer.Ordinal);

    /// <summary>The names that the resolver was asked for.</summary>
    public IReadOnlyCollection<string> Asked => _asked;

    public static async Task<Outside> CreateAsync(
        Func<EgressOptions, EgressOptions>? egress = null, Func<VaultOptions, VaultOptions>? vault = null, bool allow = true)
    {
        var outside = new Outside();
        var options = new EgressOptions { Resolve = outside.ResolveAsync, TrustedAuthorities = [outside.Authority.CaCertificate] };
        outside.Test = await TestVault.CreateAsync(it => (vault?.Invoke(it) ?? it) with { Egress = egress?.Invoke(options) ?? options });
        outside.Bot = (await outside.Test.SignInAsync("bot")).Caller;
        if (allow)
        {
            await outside.Test.AllowAsync(PolicyActions.Use, name: "use");
        }

        return outside;
    }

    /// <summary>Stores the credential so that it may go to these exact origins.</summary>
    public Task AllowOriginsAsync(params string[] origins) => StoreAsync(new() { AllowedOrigins = origins });

    public Task StoreAsync(CredentialOptions options, string secret = Secret, string path = Path) => Test.StoreAsync(path, secret, options);

    public void Resolves(string host, params IPAddress[] addresses) => Addresses[host] = _ => Task.FromResult(addresses);

    public async Task<HttpRequestResult> SendAsync(OutgoingCall call, Caller? by = null, CancellationToken cancellationToken = default) =>
        (HttpRequestResult)await Test.Vault.UseAsync(
            by ?? Bot, CredentialPath.Parse(call.With), "http_request", call.ToJson(), cancellationToken);

    public Task<HttpRequestResult> GetAsync(string url) => SendAsync(new(url));

    public Task<VaultException> RefusedAsync(VaultErrorCode code, OutgoingCall call, Caller? by = null) =>
        Refused.WithAsync(code, () => SendAsync(call, by));

    /// <summary>What the agent gets to see of a result, all of it.</summary>
    public static string WhatIsSeen(OperationResult result)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            result.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    public static string Text(HttpRequestResult result) => Encoding.UTF8.GetString(result.Body.Span);

    public Task<List<AuditEntry>> UsesAsync() => AuditAsync("use");

    public Task<List<AuditEntry>> OutcomesAsync() => AuditAsync("use.outcome");

    public async ValueTask DisposeAsync()
    {
        await Test.DisposeAsync();
        Authority.Dispose();
    }

    private Task<List<AuditEntry>> AuditAsync(string action) => Test.AuditAsync(new() { Action = action });

    private Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        _asked.Enqueue(host);
        return Addresses.TryGetValue(host, out var answer) ? answer(cancellationToken) : Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
    }
}

/// <summary>The parameters of one <c>http_request</c>.</summary>
internal sealed record OutgoingCall(string Url, string Method = "GET")
{
    public string With { get; init; } = Outside.Path;

    public string? Body { get; init; }

    public byte[]? BodyBytes { get; init; }

    public double? Timeout { get; init; }

    public string? HeaderType { get; init; }

    public string? HeaderName { get; init; }

    public (string Name, string Value)[] Headers { get; init; } = [];

    public JsonElement ToJson()
    {
        var parameters = new JsonObject { ["method"] = Method, ["url"] = Url };
        if (Headers.Length > 0)
        {
            parameters["headers"] = new JsonObject(Headers.Select(header => KeyValuePair.Create<string, JsonNode?>(header.Name, header.Value)));
        }

        Add("body", Body);
        Add("body_base64", BodyBytes is null ? null : Convert.ToBase64String(BodyBytes));
        Add("timeout", Timeout);
        Add("header_type", HeaderType);
        Add("header_name", HeaderName);
        return JsonElement.Parse(parameters.ToJsonString());

        void Add(string name, JsonNode? value)
        {
            if (value is not null)
            {
                parameters[name] = value;
            }
        }
    }
}
