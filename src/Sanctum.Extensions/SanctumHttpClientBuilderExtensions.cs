using Sanctum.Client;
using Sanctum.Extensions.Http;
using Sanctum.Extensions.Registration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Gives an <see cref="HttpClient"/> a credential that it does not see.</summary>
public static class SanctumHttpClientBuilderExtensions
{
    /// <summary>
    /// Has the vault send what this client is asked for, with a credential that the program does not see. Other handlers work as usual. Resilience handlers repeat
    /// what failed on its way and what was limited (429), but not what the vault refused.
    /// </summary>
    /// <param name="builder">The client, of <c>AddHttpClient</c>.</param>
    /// <param name="path">The credential's path, such as <c>openai/api_key</c>.</param>
    /// <param name="options">How the secret is put into the requests; null for as the credential has it.</param>
    /// <param name="vault">The name of the vault, where it was registered with one; null for the one without.</param>
    /// <remarks>It takes the primary handler's place: proxies, cookies and certificates that another one had do not apply. <see cref="SanctumHttpHandler"/> says what does.</remarks>
    public static IHttpClientBuilder UseSanctumCredential(this IHttpClientBuilder builder, string path, HttpUseOptions? options = null, string? vault = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return builder
            .ConfigurePrimaryHttpMessageHandler(services => new CredentialHandler(new SanctumHttpHandler(RegisteredClients.Find(services, vault), path, options)))
            .ConfigureAdditionalHttpMessageHandlers((handlers, _) => handlers.Insert(0, new RefusalHandler()));
    }
}
