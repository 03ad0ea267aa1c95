namespace Sanctum.Client;

/// <summary>
/// Sends what an <see cref="HttpClient"/> is asked for through the vault, which adds the secret:
/// <code>
/// using var http = new HttpClient(new SanctumHttpHandler(vault, "openai/api_key")) { BaseAddress = new("https://api.openai.com/v1/") };
/// var models = await http.GetStringAsync("models");
/// </code>
/// </summary>
/// <remarks>
/// See <see cref="SanctumClient.SendAsync(string, HttpRequestMessage, CancellationToken)"/> for what is sent and what comes back. Refusals are
/// <see cref="VaultException"/>s, not <see cref="HttpRequestException"/>s: a handler that tries again on the latter leaves them alone.
/// Only asynchronous methods of the <see cref="HttpClient"/> work. Disposing the handler does not dispose the <see cref="SanctumClient"/>.
/// </remarks>
public sealed class SanctumHttpHandler : HttpMessageHandler
{
    private readonly SanctumClient _client;
    private readonly string _path;
    private readonly HttpUseOptions _options;

    /// <summary>Makes a handler that uses one credential for every request.</summary>
    /// <param name="client">The way to the vault; the handlers of several credentials may share it.</param>
    /// <param name="path">The credential's path.</param>
    /// <param name="options">How the secret is put into the requests; null for as the credential has it.</param>
    public SanctumHttpHandler(SanctumClient client, string path, HttpUseOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        (_client, _path, _options) = (client, WholeText.CheckName(path, nameof(path)), options ?? new HttpUseOptions());
    }

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _client.SendAsync(_path, request, _options, cancellationToken);
}
