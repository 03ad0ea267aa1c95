using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Operations.Encryption;

namespace Sanctum.Operations;

/// <summary><c>decrypt</c>: decrypts what <c>encrypt</c> made, also under an older version that the credential still has.</summary>
internal sealed class DecryptOperation : IComputedOperation
{
    public string Name => OperationNames.Decrypt;

    public IReadOnlyList<string> Aliases => [];

    public bool Discloses => false;

    public void RequireSuitable(CredentialInfo credential, SecretBytes secret)
    {
        // Any secret will do: what was encrypted may be of an older version than this one.
    }

    public async ValueTask<OperationResult> RunAsync(OperationContext context, JsonElement parameters)
    {
        var read = OperationParameters.Read(parameters, "data", "ciphertext", "aad");
        var member = read.Spelling("data", "ciphertext");
        if (!Ciphertext.TryParse(read.Text(member), out var version, out var encrypted))
        {
            throw Errors.Undecipherable(member);
        }

        if (version == context.Credential.Version)
        {
            return Decrypt(context, context.Secret, version, encrypted, read.OptionalUtf8("aad"), member);
        }

        using var older = await context.OpenVersion(version, context.CancellationToken).ConfigureAwait(false);
        return older is not null
            ? Decrypt(context, older, version, encrypted, read.OptionalUtf8("aad"), member)
            : throw Errors.Undecipherable(member);
    }

    private static DecryptResult Decrypt(
        OperationContext context, SecretBytes secret, int version, byte[] encrypted, ReadOnlySpan<byte> aad, string member)
    {
        var plaintext = new byte[Ciphertext.PlaintextSize(encrypted)];
        try
        {
            if (!Ciphertext.TryDecrypt(context, secret, version, encrypted, aad, plaintext))
            {
                throw Errors.Undecipherable(member);
            }

            // Only text is ever sealed, so whatever opens is UTF-8.
            var result = new DecryptResult(Encoding.UTF8.GetString(plaintext));
            result.RequireFits(context.MaxResultBytes, result.Plaintext);
            context.Details["key_version"] = version.ToString(CultureInfo.InvariantCulture);
            return result;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }
}

/// <summary>A text that was sealed.</summary>
/// <param name="Plaintext">The text.</param>
public sealed record DecryptResult(string Plaintext) : OperationResult
{
    /// <inheritdoc/>
    public override void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("plaintext", Plaintext);
        writer.WriteEndObject();
    }

    /// <summary>Says what it is, never the text: records print their members, and logs print records.</summary>
    public override string ToString() => nameof(DecryptResult);
}
