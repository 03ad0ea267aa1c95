using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Operations.Signing;

namespace Sanctum.Operations;

/// <summary>
/// <c>verify</c>: whether a signature is this credential's over a text. Policies' <c>allowed_sign_algorithms</c> are about making
/// signatures and say nothing here.
/// </summary>
internal sealed class VerifyOperation : IComputedOperation
{
    private static readonly SearchValues<char> Base64Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    /// <summary>What it is.</summary>
    public static OperationDescription Described { get; } = new()
    {
        Name = OperationNames.Verify,
        Summary = "Says whether a signature is this credential's over a text.",
        Parameters =
        [
            new("data", "The text that was signed.") { OtherName = "payload", IsRequired = true },
            new("signature", "The signature, in base64.") { IsRequired = true },
            new("algorithm", "What it was made with; as for sign where it is left out."),
        ],
        Results = ["valid"],
    };

    public OperationDescription Description => Described;

    public void RequireSuitable(CredentialInfo credential, SecretBytes secret) => SigningKey.Open(credential, secret).Dispose();

    public ValueTask<OperationResult> RunAsync(OperationContext context, JsonElement parameters)
    {
        var read = OperationParameters.Read(parameters, Described);
        var data = read.Utf8("data");
        var signature = Decode(read.Text("signature"));
        using var key = SigningKey.Open(context.Credential, context.Secret);
        var algorithm = key.Choose(read.OptionalText("algorithm"));
        context.Details["algorithm"] = algorithm;
        context.Details["key_version"] = context.Credential.Version.ToString(CultureInfo.InvariantCulture);
        return new(new VerifyResult(key.Verify(algorithm, data, signature)));
    }

    // The decoder alone would skip white space.
    private static byte[] Decode(string text)
    {
        var decoded = new byte[text.Length / 4 * 3];
        return !text.AsSpan().ContainsAnyExcept(Base64Characters) && Convert.TryFromBase64String(text, decoded, out var size)
            ? decoded[..size]
            : throw Errors.InvalidParams("signature", "'signature' must be base64, in the standard alphabet and padded");
    }
}

/// <summary>Whether a signature is good.</summary>
/// <param name="Valid">It is.</param>
public sealed record VerifyResult(bool Valid) : OperationResult
{
    /// <inheritdoc/>
    public override void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteBoolean("valid", Valid);
        writer.WriteEndObject();
    }
}
