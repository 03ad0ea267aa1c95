using System.Text;

namespace Sanctum.Testing;

/// <summary>A request as it arrived at an <see cref="UpstreamRecorder"/>: with the secret that the vault put in.</summary>
public sealed class RecordedRequest
{
    internal RecordedRequest(string method, string target, IReadOnlyList<KeyValuePair<string, string>> headers, byte[] body) =>
        (Method, Target, Headers, Body) = (method, target, headers, body);

    /// <summary>The method.</summary>
    public string Method { get; }

    /// <summary>The path and query exactly as sent.</summary>
    public string Target { get; }

    /// <summary>Every header line, one entry each.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The body as UTF-8 text.</summary>
    public string Text => Encoding.UTF8.GetString(Body.Span);

    /// <summary>A header's value, several joined by a comma; null when it was not sent.</summary>
    /// <param name="header">The header's name, in any case.</param>
    public string? this[string header]
    {
        get
        {
            var values = Headers.Where(sent => string.Equals(sent.Key, header, StringComparison.OrdinalIgnoreCase)).Select(sent => sent.Value).ToList();
            return values.Count == 0 ? null : string.Join(", ", values);
        }
    }

    /// <summary>Fails unless the request has this header with this value.</summary>
    /// <returns>The same request.</returns>
    /// <exception cref="TestVaultException">It has not.</exception>
    public RecordedRequest RequireHeader(string name, string value) => this[name] switch
    {
        null => throw new TestVaultException($"{this} has no header {name}; it has {string.Join(", ", Headers.Select(header => header.Key))}"),
        var sent when sent != value => throw new TestVaultException($"{this} has the header {name}: {sent} and not {value}"),
        _ => this,
    };

    /// <summary>Fails if the request has this header.</summary>
    /// <returns>The same request.</returns>
    /// <exception cref="TestVaultException">It has.</exception>
    public RecordedRequest RequireNoHeader(string name) =>
        this[name] is null ? this : throw new TestVaultException($"{this} has the header {name}");

    /// <summary>Names the method and the target.</summary>
    public override string ToString() => $"{Method} {Target}";
}
