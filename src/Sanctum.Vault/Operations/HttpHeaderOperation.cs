using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Crypto;

namespace Sanctum.Operations;

/// <summary><c>http_header</c>: the header with the secret in it, for the agent to send itself.</summary>
internal sealed class HttpHeaderOperation : IComputedOperation
{
    public string Name => OperationNames.HttpHeader;

    public IReadOnlyList<string> Aliases => [];

    public bool Discloses => true;

    public void RequireSuitable(CredentialInfo credential, SecretBytes secret)
    {
        // All formats have one rule.
        _ = HeaderFormat.Choose(credential with { HeaderType = null }, headerType: null, headerName: null).ValueOf(secret.Span);
    }

    public ValueTask<OperationResult> RunAsync(OperationContext context, JsonElement parameters)
    {
        var read = OperationParameters.Read(parameters, "header_type", "header_name");
        var format = HeaderFormat.Choose(context.Credential, read.OptionalText("header_type"), read.OptionalText("header_name"));
        var result = new HttpHeaderResult(format.Name, format.ValueOf(context.Secret.Span));
        result.RequireFits(context.MaxResultBytes, result.Header, result.HeaderName, result.HeaderValue);
        context.Details["header_type"] = format.Type;
        return new(result);
    }
}

/// <summary>A header with the secret in it.</summary>
/// <param name="HeaderName">Its name.</param>
/// <param name="HeaderValue">Its value.</param>
public sealed record HttpHeaderResult(string HeaderName, string HeaderValue) : OperationResult
{
    /// <summary>The whole line, without a line break.</summary>
    public string Header => $"{HeaderName}: {HeaderValue}";

    /// <inheritdoc/>
    public override void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("header", Header);
        writer.WriteString("header_name", HeaderName);
        writer.WriteString("header_value", HeaderValue);
        writer.WriteEndObject();
    }

    /// <summary>Says what it is, never the secret: records print their members, and logs print records.</summary>
    public override string ToString() => nameof(HttpHeaderResult);
}
