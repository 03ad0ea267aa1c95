using System.Text;
using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Crypto;

namespace Sanctum.Operations;

/// <summary><c>http_header</c>: the header with the secret in it, for the agent to send itself.</summary>
internal sealed class HttpHeaderOperation : IComputedOperation
{
    /// <summary>What it is.</summary>
    public static OperationDescription Described { get; } = new()
    {
        Name = OperationNames.HttpHeader,
        Summary = "Gives the header with the secret in it.",
        Discloses = true,
        Parameters =
        [
            new("header_type", "How the secret becomes a header; the credential's own way, or bearer, where it is left out.") { Values = ["bearer", "api_key", "basic", "custom"] },
            new("header_name", "The header, where header_type is custom."),
        ],
        Results = ["header", "header_name", "header_value"],
    };

    public OperationDescription Description => Described;

    public void RequireSuitable(CredentialInfo credential, SecretBytes secret)
    {
        // All formats have one rule.
        HeaderFormat.Choose(credential with { HeaderType = null }, headerType: null, headerName: null).Utf8ValueOf(secret.Span).Dispose();
    }

    public ValueTask<OperationResult> RunAsync(OperationContext context, JsonElement parameters)
    {
        var read = OperationParameters.Read(parameters, Described);
        var format = HeaderFormat.Choose(context.Credential, read.OptionalText("header_type"), read.OptionalText("header_name"));
        using var value = format.Utf8ValueOf(context.Secret.Span);
        var result = new HttpHeaderResult(format.Name, value.Span);
        try
        {
            result.RequireFits(context.MaxResultBytes, 2 * (format.Name.Length + value.Length));
        }
        catch
        {
            result.Dispose();
            throw;
        }

        context.Details["header_type"] = format.Type;
        return new(result);
    }
}

/// <summary>A header with the secret in it, which is wiped when this is disposed.</summary>
public sealed record HttpHeaderResult : OperationResult
{
    private readonly SecretBytes _line;

    internal HttpHeaderResult(string name, ReadOnlySpan<byte> value)
    {
        HeaderName = name;
        _line = new SecretBytes(name.Length + 2 + value.Length);
        Encoding.ASCII.GetBytes($"{name}: ", _line.Writable);
        value.CopyTo(_line.Writable[^value.Length..]);
    }

    /// <summary>Its name.</summary>
    public string HeaderName { get; }

    /// <summary>Its value, in UTF-8.</summary>
    public ReadOnlySpan<byte> Utf8Value => _line.Span[(HeaderName.Length + 2)..];

    /// <summary>Its value, as a string, which can't be wiped.</summary>
    public string HeaderValue => Encoding.UTF8.GetString(Utf8Value);

    /// <summary>The whole line, without a line break, as a string, which can't be wiped.</summary>
    public string Header => Encoding.UTF8.GetString(_line.Span);

    /// <inheritdoc/>
    public override void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("header"u8, _line.Span);
        writer.WriteString("header_name"u8, HeaderName);
        writer.WriteString("header_value"u8, Utf8Value);
        writer.WriteEndObject();
    }

    /// <inheritdoc/>
    public override void Dispose() => _line.Dispose();

    /// <summary>Says what it is, never the secret: records print their members, and logs print records.</summary>
    public override string ToString() => nameof(HttpHeaderResult);
}
