using System.Globalization;
using System.Text;
using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Operations.Encryption;

namespace Sanctum.Operations;

/// <summary><c>decrypt</c>: decrypts what <c>encrypt</c> made, also under an older version that the credential still has.</summary>
internal sealed class DecryptOperation : IComputedOperation
{
    /// <summary>What it is.</summary>
    public static OperationDescription Described { get; } = new()
    {
        Name = OperationNames.Decrypt,
        Summary = "Decrypts what was encrypted with this credential.",
        Parameters =
        [
            new("data", "The ciphertext.") { OtherName = "ciphertext", IsRequired = true },
            new("aad", "What it was encrypted with, if with any."),
        ],
        Results = ["plaintext"],
    };

    public OperationDescription Description => Described;

    public void RequireSuitable(CredentialInfo credential, SecretBytes secret)
    {
        // Any secret will do: what was encrypted may be of an older version than this one.
    }

    public async ValueTask<OperationResult> RunAsync(OperationContext context, JsonElement parameters)
    {
        var read = OperationParameters.Read(parameters, Described);
        var member = read.Spelling("data");
        if (!Ciphertext.TryParse(read.Text("data"), out var version, out var encrypted))
        {
            throw Errors.Undecipherable(member);
        }

        if (version == context.Credential.Version)
        {
            return Decrypt(context, context.Secret, version, encrypted, read.Utf8("aad"), member);
        }

        using var older = await context.OpenVersion(version, context.CancellationToken).ConfigureAwait(false);
        return older is not null
            ? Decrypt(context, older, version, encrypted, read.Utf8("aad"), member)
            : throw Errors.Undecipherable(member);
    }

    private static DecryptResult Decrypt(
        OperationContext context, SecretBytes secret, int version, byte[] encrypted, ReadOnlySpan<byte> aad, string member)
    {
        // Only text is ever sealed, so whatever opens is UTF-8.
        var plaintext = new SecretBytes(Ciphertext.PlaintextSize(encrypted));
        var result = new DecryptResult(plaintext);
        try
        {
            if (!Ciphertext.TryDecrypt(context, secret, version, encrypted, aad, plaintext.Writable))
            {
                throw Errors.Undecipherable(member);
            }

            result.RequireFits(context.MaxResultBytes, plaintext.Length);
            context.Details["key_version"] = version.ToString(CultureInfo.InvariantCulture);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }
}

/// <summary>A text that was sealed, which is wiped when this is disposed.</summary>
public sealed record DecryptResult : OperationResult
{
    private readonly SecretBytes _plaintext;

    internal DecryptResult(SecretBytes plaintext) => _plaintext = plaintext;

    /// <summary>The text, in UTF-8.</summary>
    public ReadOnlySpan<byte> Utf8Plaintext => _plaintext.Span;

    /// <summary>The text, as a string, which can't be wiped.</summary>
    public string Plaintext => Encoding.UTF8.GetString(Utf8Plaintext);

    /// <inheritdoc/>
    public override void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("plaintext"u8, Utf8Plaintext);
        writer.WriteEndObject();
    }

    /// <inheritdoc/>
    public override void Dispose() => _plaintext.Dispose();

    /// <summary>Says what it is, never the text: records print their members, and logs print records.</summary>
    public override string ToString() => nameof(DecryptResult);
}
