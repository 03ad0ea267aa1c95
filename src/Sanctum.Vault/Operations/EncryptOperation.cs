using System.Globalization;
using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Operations.Encryption;

namespace Sanctum.Operations;

/// <summary><c>encrypt</c>: encrypts a text under the credential. See <see cref="Ciphertext"/>.</summary>
internal sealed class EncryptOperation : IComputedOperation
{
    // {"ciphertext":""}; the ciphertext has no character that JSON escapes.
    private const int AroundCiphertext = 17;

    /// <summary>What it is.</summary>
    public static OperationDescription Described { get; } = new()
    {
        Name = OperationNames.Encrypt,
        Summary = "Encrypts a text, which only this vault can decrypt.",
        Parameters =
        [
            new("data", "The text.") { OtherName = "plaintext", IsRequired = true },
            new("aad", "What has to be the same to decrypt it; it is not in the ciphertext."),
        ],
        Results = ["ciphertext"],
    };

    public OperationDescription Description => Described;

    public void RequireSuitable(CredentialInfo credential, SecretBytes secret)
    {
        if (secret.Length < Ciphertext.MinSecretSize)
        {
            throw Errors.UnsuitableSecret(
                $"this credential's secret is too short to encrypt with: it has fewer than {Ciphertext.MinSecretSize} bytes",
                "use a credential with a longer, random secret");
        }
    }

    public ValueTask<OperationResult> RunAsync(OperationContext context, JsonElement parameters)
    {
        var read = OperationParameters.Read(parameters, Described);
        var plaintext = read.Utf8("data");
        var aad = read.Utf8("aad");
        RequireSuitable(context.Credential, context.Secret);
        if (AroundCiphertext + Ciphertext.LengthOf(context.Credential.Version, plaintext.Length) > context.MaxResultBytes)
        {
            throw Errors.ResultTooLarge(context.MaxResultBytes);
        }

        context.Details["key_version"] = context.Credential.Version.ToString(CultureInfo.InvariantCulture);
        return new(new EncryptResult(Ciphertext.Encrypt(context, plaintext, aad)));
    }
}

/// <summary>An encrypted text.</summary>
/// <param name="Ciphertext">Text to keep as it is and give to <c>decrypt</c>.</param>
public sealed record EncryptResult(string Ciphertext) : OperationResult
{
    /// <inheritdoc/>
    public override void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("ciphertext", Ciphertext);
        writer.WriteEndObject();
    }
}
