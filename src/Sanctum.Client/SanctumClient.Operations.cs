using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Sanctum.Client.Connections;
using Sanctum.Protocol;
using Sanctum.Protocol.Messages;

namespace Sanctum.Client;

public partial class SanctumClient
{
    /// <summary>Has the vault do something with a secret that the agent does not see.</summary>
    /// <param name="path">The credential's path.</param>
    /// <param name="operation">What to do: <c>sign</c>, <c>verify</c>, <c>encrypt</c>, <c>decrypt</c>, <c>jwt</c>, <c>http_header</c>, <c>http_request</c>, or
    /// whatever else the daemon knows.</param>
    /// <param name="parameters">The operation's parameters, such as <c>new() { ["data"] = "the payload" }</c>; null for none.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns>The operation's result object.</returns>
    /// <exception cref="AccessDeniedException">No policy lets this agent use this path, or do this with it.</exception>
    /// <exception cref="VaultException">Code <c>UNSUPPORTED_OPERATION</c>: there is no such operation for this credential; code
    /// <c>INVALID_PARAMS</c>: <see cref="VaultException.Context"/> names the member.</exception>
    public virtual Task<JsonElement> UseAsync(string path, string operation, JsonObject? parameters = null, CancellationToken cancellationToken = default) =>
        UseAsync(path, operation, parameters is null ? null : CallParameters.Of(parameters), Replies.Default.JsonElement, cancellationToken);

    /// <summary>Signs text with a credential.</summary>
    /// <param name="path">The credential's path.</param>
    /// <param name="data">The text; what is signed is its UTF-8.</param>
    /// <param name="algorithm">Such as <c>hmac-sha256</c> or <c>ed25519</c>; null for the credential's default.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <inheritdoc cref="UseAsync(string, string, JsonObject?, CancellationToken)" path="/exception"/>
    public virtual async Task<CredentialSignature> SignAsync(string path, string data, string? algorithm = null, CancellationToken cancellationToken = default)
    {
        var signed = await UseAsync(
            path, "sign", CallParameters.Of(("data", data), ("algorithm", algorithm)), Replies.Default.SignReply, cancellationToken).ConfigureAwait(false);
        return new CredentialSignature(signed.Signature, signed.Algorithm ?? algorithm);
    }

    /// <summary>Checks a signature that a credential made.</summary>
    /// <param name="path">The credential's path.</param>
    /// <param name="data">The text that was signed.</param>
    /// <param name="signature">The signature, base64, as <see cref="SignAsync"/> gives it.</param>
    /// <param name="algorithm">As for signing.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns>Whether it is right.</returns>
    /// <inheritdoc cref="UseAsync(string, string, JsonObject?, CancellationToken)" path="/exception"/>
    public virtual async Task<bool> VerifyAsync(string path, string data, string signature, string? algorithm = null, CancellationToken cancellationToken = default)
    {
        var verified = await UseAsync(
            path,
            "verify",
            CallParameters.Of(("data", data), ("signature", signature), ("algorithm", algorithm)),
            Replies.Default.VerifyReply,
            cancellationToken).ConfigureAwait(false);
        return verified.Valid;
    }

    /// <summary>Encrypts text with a credential.</summary>
    /// <param name="path">The credential's path.</param>
    /// <param name="plaintext">The text.</param>
    /// <param name="aad">What the ciphertext is bound to: decrypting needs the same text; null for nothing.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns>The ciphertext, as opaque text.</returns>
    /// <inheritdoc cref="UseAsync(string, string, JsonObject?, CancellationToken)" path="/exception"/>
    public virtual async Task<string> EncryptAsync(string path, string plaintext, string? aad = null, CancellationToken cancellationToken = default)
    {
        var encrypted = await UseAsync(
            path, "encrypt", CallParameters.Of(("data", plaintext), ("aad", aad)), Replies.Default.EncryptReply, cancellationToken).ConfigureAwait(false);
        return encrypted.Ciphertext;
    }

    /// <summary>Decrypts what <see cref="EncryptAsync"/> made.</summary>
    /// <param name="path">The credential's path.</param>
    /// <param name="ciphertext">The ciphertext.</param>
    /// <param name="aad">What it is bound to.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns>The text.</returns>
    /// <inheritdoc cref="UseAsync(string, string, JsonObject?, CancellationToken)" path="/exception"/>
    public virtual async Task<string> DecryptAsync(string path, string ciphertext, string? aad = null, CancellationToken cancellationToken = default)
    {
        var decrypted = await UseAsync(
            path, "decrypt", CallParameters.Of(("data", ciphertext), ("aad", aad)), Replies.Default.DecryptReply, cancellationToken).ConfigureAwait(false);
        return decrypted.Plaintext;
    }

    /// <summary>The header line that authenticates a request with this credential. It holds the secret, so the policy has to grant
    /// <c>retrieve</c> as well as <c>use</c>.</summary>
    /// <param name="path">The credential's path.</param>
    /// <param name="headerType"><c>bearer</c>, <c>api_key</c>, <c>basic</c> or <c>custom</c>; null for the credential's own, or else <c>bearer</c>.</param>
    /// <param name="headerName">The header's name, for <c>custom</c>.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <inheritdoc cref="UseAsync(string, string, JsonObject?, CancellationToken)" path="/exception"/>
    public virtual async Task<CredentialHeader> GetHttpHeaderAsync(string path, string? headerType = null, string? headerName = null, CancellationToken cancellationToken = default)
    {
        var header = await UseAsync(
            path,
            "http_header",
            CallParameters.Of(("header_type", headerType), ("header_name", headerName)),
            Replies.Default.HttpHeaderReply,
            cancellationToken).ConfigureAwait(false);
        return CredentialHeader.From(header) ?? throw Errors.UnusableReply(Methods.Use);
    }

    private Task<T> UseAsync<T>(string path, string operation, CallParameters? parameters, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        UseAsync(path, operation, parameters, reply => reply.ReadResult(type), _options.RequestTimeout, cancellationToken);

    private Task<T> UseAsync<T>(string path, string operation, CallParameters? parameters, Func<RpcReply, T> read, TimeSpan timeout, CancellationToken cancellationToken)
    {
        WholeText.CheckName(path, nameof(path));
        WholeText.CheckName(operation, nameof(operation));
        return CallAsync(
            Methods.Use,
            (Session session) => new UseCall(path, operation, session.Id, parameters),
            CallJson.Default.UseCall,
            read,
            timeout,
            cancellationToken);
    }
}
