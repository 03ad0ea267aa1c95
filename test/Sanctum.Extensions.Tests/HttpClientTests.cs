using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Sanctum.Client;
using Sanctum.Testing;

namespace Sanctum.Extensions.Tests;

public sealed class HttpClientTests
{
    private const string Secret = "sk-real-9fQ2x7ZtPqLw0";

    [Fact]
    public async Task A_client_of_the_factory_sends_a_credential_that_the_program_does_not_see()
    {
        await using var vault = await TestVault.StartAsync();
        var service = await ServiceAsync(vault);
        await using var services = Services(vault, http => http);
        var text = await ClientOf(services).GetStringAsync(new Uri(service.Address, "/v1/models"));
        Assert.Equal("ok", text);
        service.RequireSingle().RequireHeader("Authorization", $"Bearer {Secret}");
    }

    [Fact]
    public async Task A_blocking_program_sends_it_as_well()
    {
        await using var vault = await TestVault.StartAsync();
        var service = await ServiceAsync(vault);
        await using var services = Services(vault, http => http);
        using var response = ClientOf(services).Send(new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, "/v1/models")));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var refused = Assert.Throws<HttpRequestException>(() => ClientOf(services).Send(new HttpRequestMessage(HttpMethod.Get, "https://elsewhere.example/")));
        Assert.IsType<Client.VaultException>(refused.InnerException);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refusal_is_sent_once_and_is_an_exception_whichever_handler_came_first(bool resilienceFirst)
    {
        await using var vault = await TestVault.StartAsync(new TestVaultOptions { Grant = Policies.PolicyActions.List });
        var service = await ServiceAsync(vault);
        var tries = 1;
        await using var services = Services(vault, http => Resilient(http, _ => tries++), resilienceFirst);
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => ClientOf(services).GetAsync(service.Address));
        Assert.IsType<AccessDeniedException>(refused.InnerException);
        Assert.Equal(1, tries);
        service.RequireNone();
    }

    [Fact]
    public async Task A_destination_that_the_credential_is_not_bound_to_is_tried_once()
    {
        await using var vault = await TestVault.StartAsync();
        await ServiceAsync(vault);
        var elsewhere = await vault.StartUpstreamAsync();
        await using var services = Services(vault, Resilient);
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => ClientOf(services).GetAsync(elsewhere.Address));
        Assert.Equal("EGRESS_DENIED", Assert.IsType<Client.VaultException>(refused.InnerException).Code);
        Assert.Equal(1, await DeniedAsync(vault));
        elsewhere.RequireNone();
    }

    [Fact]
    public async Task A_failure_of_the_service_is_tried_again()
    {
        await using var vault = await TestVault.StartAsync();
        var service = (await ServiceAsync(vault)).RespondNext(new UpstreamResponse(503), new UpstreamResponse(503));
        await using var services = Services(vault, Resilient);
        Assert.Equal("ok", await ClientOf(services).GetStringAsync(service.Address));
        Assert.Equal(3, service.Requests.Count);
        Assert.All(service.Requests, request => request.RequireHeader("Authorization", $"Bearer {Secret}"));
    }

    [Fact]
    public async Task A_rate_limit_of_the_vault_is_tried_again_as_one_of_the_service_is()
    {
        var limited = 0;
        await using var vault = await TestVault.StartAsync(new TestVaultOptions { RequestsPerMinute = 1 });
        var service = await ServiceAsync(vault);
        await using var services = Services(vault, http => Resilient(http, outcome => limited += outcome.Result?.StatusCode == HttpStatusCode.TooManyRequests ? 1 : 0));
        Assert.Equal("ok", await ClientOf(services).GetStringAsync(service.Address));
        using var response = await ClientOf(services).GetAsync(service.Address);
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Equal(3, limited);
        service.RequireSingle();
    }

    [Fact]
    public async Task A_daemon_that_is_away_for_a_moment_is_tried_again()
    {
        await using var vault = await TestVault.StartAsync();
        var service = await ServiceAsync(vault);
        var tries = 0;
        await using var services = Services(vault, http => Resilient(http, outcome =>
        {
            if (outcome.Exception is HttpRequestException { InnerException: VaultConnectionException } && Interlocked.Increment(ref tries) == 1)
            {
                vault.RestartAsync().GetAwaiter().GetResult();
            }
        }));
        await vault.StopAsync();
        Assert.Equal("ok", await ClientOf(services).GetStringAsync(service.Address));
        Assert.Equal(1, tries);
        service.RequireSingle();
    }

    [Fact]
    public async Task A_vault_with_a_name_is_used_where_the_client_says_so()
    {
        await using var vault = await TestVault.StartAsync();
        var service = await ServiceAsync(vault);
        var all = new ServiceCollection().AddSanctum("prod", vault.Configure);
        all.AddHttpClient("openai").UseSanctumCredential("openai/api_key", vault: "prod");
        all.AddHttpClient("other").UseSanctumCredential("openai/api_key");
        await using var services = all.BuildServiceProvider();
        Assert.Equal("ok", await ClientOf(services).GetStringAsync(service.Address));
        var missing = Assert.Throws<InvalidOperationException>(() => services.GetRequiredService<IHttpClientFactory>().CreateClient("other"));
        Assert.StartsWith("no vault is registered: call services.AddSanctum(", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_substitute_sends_what_a_client_of_the_factory_is_asked_for()
    {
        var all = new ServiceCollection().AddSingleton<SanctumClient>(new Substitute());
        all.AddHttpClient("openai").UseSanctumCredential("openai/api_key");
        await using var services = all.BuildServiceProvider();
        using var response = await ClientOf(services).GetAsync("https://api.openai.com/v1/models");
        Assert.Equal("openai/api_key", response.ReasonPhrase);
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => ClientOf(services).GetAsync("https://api.openai.com/refused"));
        Assert.IsType<AccessDeniedException>(refused.InnerException);
        using var limited = await ClientOf(services).GetAsync("https://api.openai.com/limited");
        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(3)), (limited.StatusCode, limited.Headers.RetryAfter?.Delta));
    }

    private static async Task<UpstreamRecorder> ServiceAsync(TestVault vault)
    {
        var service = await vault.StartUpstreamAsync();
        await vault.StoreAsync("openai/api_key", Secret, service.Origin);
        return service;
    }

    private static async Task<int> DeniedAsync(TestVault vault)
    {
        var count = 0;
        await foreach (var entry in vault.Vault.Audit.ReadAsync(vault.Operator))
        {
            count += entry.Outcome == Audit.AuditOutcome.Denied ? 1 : 0;
        }

        return count;
    }

    private static ServiceProvider Services(TestVault vault, Func<IHttpClientBuilder, IHttpClientBuilder> configure, bool configureFirst = false)
    {
        var services = new ServiceCollection().AddSanctum(vault.Configure);
        var http = services.AddHttpClient("openai");
        _ = configureFirst ? configure(http).UseSanctumCredential("openai/api_key") : configure(http.UseSanctumCredential("openai/api_key"));
        return services.BuildServiceProvider();
    }

    private static IHttpClientBuilder Resilient(IHttpClientBuilder http) => Resilient(http, _ => { });

    // The standard handler, but without its waits.
    private static IHttpClientBuilder Resilient(IHttpClientBuilder http, Action<Outcome<HttpResponseMessage>> onRetry)
    {
        http.AddStandardResilienceHandler(options =>
        {
            (options.Retry.Delay, options.Retry.ShouldRetryAfterHeader) = (TimeSpan.Zero, false);
            options.Retry.OnRetry = retry =>
            {
                onRetry(retry.Outcome);
                return ValueTask.CompletedTask;
            };
        });
        return http;
    }

    private static HttpClient ClientOf(ServiceProvider services) => services.GetRequiredService<IHttpClientFactory>().CreateClient("openai");

    private sealed class Substitute : SanctumClient
    {
        public override Task<HttpResponseMessage> SendAsync(string path, HttpRequestMessage request, HttpUseOptions options, CancellationToken cancellationToken = default) =>
            request.RequestUri!.AbsolutePath switch
            {
                "/refused" => throw new AccessDeniedException("no policy grants it"),
                "/limited" => throw new RateLimitedException("too many", TimeSpan.FromSeconds(2.5)),
                _ => Task.FromResult(new HttpResponseMessage { ReasonPhrase = path }),
            };
    }
}
