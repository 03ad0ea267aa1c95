using System.Globalization;
using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Operations.Signing;

namespace Sanctum.Operations;

/// <summary><c>sign</c>: signs the UTF-8 bytes of a text.</summary>
internal sealed class SignOperation : IComputedOperation
{
    private const int CommonSize = 256;

    /// <summary>What it is.</summary>
    public static OperationDescription Described { get; } = new()
    {
        Name = OperationNames.Sign,
        Aliases = [OperationNames.SignPayload],
        Summary = "Signs a text.",
        Parameters =
        [
            new("data", "The text; its UTF-8 is signed.") { OtherName = "payload", IsRequired = true },
            new("algorithm", "One that the key can sign with; the first of those where it is left out."),
        ],
        Results = ["signature", "algorithm"],
    };

    public OperationDescription Description => Described;

    public void RequireSuitable(CredentialInfo credential, SecretBytes secret)
    {
        RequireAnyText(credential);
        SigningKey.Open(credential, secret).Dispose();
    }

    public ValueTask<OperationResult> RunAsync(OperationContext context, JsonElement parameters)
    {
        RequireAnyText(context.Credential);
        var read = OperationParameters.Read(parameters, Described);
        var data = read.Utf8("data");
        using var key = SigningKey.Open(context.Credential, context.Secret);
        var algorithm = key.Choose(read.OptionalText("algorithm"));
        context.RequireAlgorithm(algorithm);
        context.Details["algorithm"] = algorithm;
        context.Details["key_version"] = context.Credential.Version.ToString(CultureInfo.InvariantCulture);

        Span<byte> buffer = key.MaxSignatureSize <= CommonSize ? stackalloc byte[CommonSize] : new byte[key.MaxSignatureSize];
        var size = key.Sign(algorithm, data, buffer);
        return new(new SignResult(Convert.ToBase64String(buffer[..size]), algorithm));
    }

    // What a token's signature is made over is a text like any other: whoever could have one signed could mint any token.
    private static void RequireAnyText(CredentialInfo credential)
    {
        if (credential.Jwt is not null)
        {
            throw Errors.SignsTokensOnly();
        }
    }
}

/// <summary>A signature.</summary>
/// <param name="Signature">The signature, base64. Of ECDSA it is the DER sequence of r and s.</param>
/// <param name="Algorithm">What it was made with: <c>hmac-sha256</c>, <c>ed25519</c> ...</param>
public sealed record SignResult(string Signature, string Algorithm) : OperationResult
{
    /// <inheritdoc/>
    public override void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("signature", Signature);
        writer.WriteString("algorithm", Algorithm);
        writer.WriteEndObject();
    }
}
