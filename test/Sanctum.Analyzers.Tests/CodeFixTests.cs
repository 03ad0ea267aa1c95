using Sanctum.Client;
using Sanctum.Credentials;
using Sanctum.Extensions;
using Sanctum.Testing;

namespace Sanctum.Analyzers.Tests;

/// <summary>
/// Programs with a key in their source, against the SDKs that people have. What the editor makes of them is compiled and run: the service gets the vault's key,
/// and the key of the source is nowhere.
/// </summary>
public sealed class CodeFixTests
{
    private const string Key = "sk-live-9fQ2x7ZtPqLw09fQ2x7ZtPqLw0", Secret = "sk-vault-7hK3m1RsTuVx0";

    [Theory]
    [InlineData("using OpenAI;", "await new OpenAIClient(new System.ClientModel.ApiKeyCredential(\"KEY\"), new OpenAIClientOptions { Endpoint = service }).GetOpenAIModelClient().GetModelsAsync();", "openai/api_key", "bearer", "Authorization")]
    [InlineData("using System.ClientModel; using OpenAI; using OpenAI.Chat;", "await new ChatClient(\"gpt-5\", new ApiKeyCredential(\"KEY\"), new() { Endpoint = service }).CompleteChatAsync(\"hello\");", "openai/api_key", "bearer", "Authorization")]
    [InlineData("using Azure.AI.OpenAI; using System.ClientModel;", "await new AzureOpenAIClient(service, new ApiKeyCredential(\"KEY\")).GetChatClient(\"mine\").CompleteChatAsync(\"hello\");", "azure/openai", "custom:Api-Key", "Api-Key")]
    [InlineData("using Azure; using Azure.Messaging.EventGrid;", "await new EventGridPublisherClient(service, new AzureKeyCredential(\"KEY\")).SendEventAsync(new EventGridEvent(\"order\", \"created\", \"1.0\", new BinaryData(\"42\")));", "azure/api_key", "custom:aeg-sas-key", "aeg-sas-key")]
    [InlineData("using Anthropic;", "await new AnthropicClient { ApiKey = \"KEY\", BaseUrl = service.ToString() }.Models.List();", "anthropic/api_key", "custom:X-Api-Key", "X-Api-Key")]
    [InlineData("using Anthropic; using Anthropic.Core;", "await new AnthropicClient(new ClientOptions { BaseUrl = service.ToString(), ApiKey = \"KEY\" }).Models.List();", "anthropic/api_key", "custom:X-Api-Key", "X-Api-Key")]
    [InlineData("using Stripe;", "await new StripeClient(\"KEY\", apiBase: service.GetLeftPart(UriPartial.Authority)).V1.Customers.GetAsync(\"cus_1\");", "stripe/api_key", "bearer", "Authorization")]
    [InlineData("using Microsoft.SemanticKernel;", "await Kernel.CreateBuilder().AddOpenAIChatCompletion(\"gpt-5\", service, \"KEY\").Build().InvokePromptAsync(\"hello\");", "openai/api_key", "bearer", "Authorization")]
    [InlineData("using System.Net.Http.Headers;", "using var http = new HttpClient { BaseAddress = service };\n        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(\"Bearer\", \"KEY\");\n        await http.GetStringAsync(\"models\");", "service/api_key", "bearer", "Authorization")]
    [InlineData("using Microsoft.Extensions.DependencyInjection; using System.Net.Http.Headers;", "var services = new ServiceCollection().AddSanctum(configure);\n        services.AddHttpClient(\"openai\", http => http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(\"Bearer\", \"KEY\"));\n        SEND", "openai/api_key", "bearer", "Authorization")]
    [InlineData("using Microsoft.Extensions.DependencyInjection;", "var services = new ServiceCollection().AddSanctum(configure);\n        services.AddHttpClient(\"openai\", http =>\n        {\n            http.Timeout = TimeSpan.FromSeconds(9);\n            http.DefaultRequestHeaders.Add(\"X-Api-Key\", \"KEY\");\n        });\n        SEND", "openai/api_key", "custom:X-Api-Key", "X-Api-Key")]
    [InlineData("using Microsoft.Extensions.DependencyInjection; using System.Net.Http.Headers;", "var services = new ServiceCollection().AddSanctum(configure);\n        services.AddHttpClient(\"openai\").ConfigureHttpClient(http => { http.DefaultRequestHeaders.Authorization = new(\"Bearer\", \"KEY\"); });\n        SEND", "openai/api_key", "bearer", "Authorization")]
    [InlineData("using Microsoft.Extensions.DependencyInjection; using System.Net.Http.Headers;", "var services = new ServiceCollection().AddSanctum(configure);\n        services.AddHttpClient(\"openai\", http => http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(\"Bearer\", \"KEY\")).UseSanctumCredential(\"openai/key\");\n        SEND", "openai/key", "bearer", "Authorization")]
    public async Task The_program_that_the_fix_makes_sends_the_vaults_key(string usings, string body, string path, string headerType, string header)
    {
        const string send = "await using var program = services.BuildServiceProvider();\n        await program.GetRequiredService<IHttpClientFactory>().CreateClient(\"openai\").GetStringAsync(new Uri(service, \"models\"));";
        var source = FixedProgram.With(usings, body.Replace("SEND", send, StringComparison.Ordinal).Replace("KEY", Key, StringComparison.Ordinal));
        var made = await FixedProgram.FixAsync(source);
        Assert.NotNull(made);
        Assert.DoesNotContain(Key, made, StringComparison.Ordinal);
        Assert.DoesNotContain("global::", made, StringComparison.Ordinal);

        await using var vault = await TestVault.StartAsync();
        var service = (await vault.StartUpstreamAsync()).Respond(_ => new UpstreamResponse(400, "{}", "application/json"));
        await vault.StoreAsync(path, Secret, new CredentialOptions { AllowedOrigins = [service.Origin], HeaderType = headerType });
        await using var client = vault.CreateClient();
        var refused = await Record.ExceptionAsync(() => FixedProgram.RunAsync(made, client, service.Address, vault.Configure));
        Assert.True(service.Requests.Count > 0, $"{refused}\n{made}");
        Assert.All(service.Requests, request =>
        {
            request.RequireHeader(header, headerType == "bearer" ? $"Bearer {Secret}" : Secret);
            Assert.DoesNotContain(request.Headers, it => it.Value.Contains("unused", StringComparison.Ordinal));
        });
    }

    // These have no place for a local service's address: the line is compared, and the program compiled.
    [Theory]
    [InlineData("using OpenAI;", "var client = new OpenAIClient(\"KEY\");", "var client = new OpenAIClient(new System.ClientModel.ApiKeyCredential(\"unused\"), new OpenAIClientOptions() { Transport = new System.ClientModel.Primitives.HttpClientPipelineTransport(new HttpClient(new SanctumHttpHandler(vault, \"openai/api_key\"))) });")]
    [InlineData("using Octokit;", "var client = new GitHubClient(new ProductHeaderValue(\"mine\")) { Credentials = new Credentials(\"KEY\") };", "var client = new GitHubClient(new Connection(new ProductHeaderValue(\"mine\"), new Octokit.Internal.HttpClientAdapter(() => new SanctumHttpHandler(vault, \"github/token\"))));")]
    [InlineData("using Octokit;", "var client = new GitHubClient(new ProductHeaderValue(\"mine\"));\n        client.Credentials = new Credentials(\"KEY\");", "var client = new GitHubClient(new Connection(new ProductHeaderValue(\"mine\"), new Octokit.Internal.HttpClientAdapter(() => new SanctumHttpHandler(vault, \"github/token\"))));")]
    [InlineData("using Stripe;", "StripeConfiguration.ApiKey = \"KEY\";", "StripeConfiguration.StripeClient = new StripeClient(\"sk_test_unused\", httpClient: new SystemNetHttpClient(new HttpClient(new SanctumHttpHandler(vault, \"stripe/api_key\"))));")]
    public async Task A_line_with_a_key_becomes_this_one(string usings, string line, string fixedLine)
    {
        var made = await FixedProgram.FixAsync(FixedProgram.With(usings, line.Replace("KEY", Key, StringComparison.Ordinal)));
        Assert.NotNull(made);
        Assert.True(made.Contains(fixedLine, StringComparison.Ordinal), made);
        Assert.DoesNotContain("Credentials =", made, StringComparison.Ordinal);
        FixedProgram.Compile(made);
    }

    [Theory]
    [InlineData("public Stripe.IStripeClient Make() => new Stripe.StripeClient(\"KEY\"); private readonly SanctumClient _mine;", "new SanctumHttpHandler(_mine, \"stripe/api_key\")")]
    [InlineData("public static Stripe.IStripeClient Make() => new Stripe.StripeClient(\"KEY\"); private readonly SanctumClient _mine;", "new SanctumHttpHandler(SanctumClient.FromEnvironment(), \"stripe/api_key\")")]
    [InlineData("public readonly Stripe.IStripeClient Made = new Stripe.StripeClient(\"KEY\"); private readonly SanctumClient _mine;", "new SanctumHttpHandler(SanctumClient.FromEnvironment(), \"stripe/api_key\")")]
    public async Task The_client_of_the_vault_is_the_one_in_scope(string members, string handler)
    {
        var made = await FixedProgram.FixAsync($"using System.Net.Http;\nusing Sanctum.Client;\n\npublic class Program\n{{\n    {members.Replace("KEY", Key, StringComparison.Ordinal)}\n}}\n");
        Assert.NotNull(made);
        Assert.Contains(handler, made, StringComparison.Ordinal);
        FixedProgram.Compile(made);
    }

    [Theory]
    [InlineData("var options = new OpenAI.OpenAIClientOptions(); var client = new OpenAI.OpenAIClient(new System.ClientModel.ApiKeyCredential(\"KEY\"), options);")] // What the options have is unknown.
    [InlineData("var client = new OpenAI.OpenAIClient(new System.ClientModel.ApiKeyCredential(\"KEY\"), new OpenAI.OpenAIClientOptions { Transport = null });")] // The program has a transport.
    [InlineData("var key = new System.ClientModel.ApiKeyCredential(\"KEY\");")] // Whose key this is, is to be seen elsewhere.
    [InlineData("var client = new Anthropic.AnthropicClient { HttpClient = new HttpClient(), ApiKey = \"KEY\" };")]
    [InlineData("var client = new Octokit.GitHubClient(new Octokit.ProductHeaderValue(\"mine\"), service) { Credentials = new Octokit.Credentials(\"KEY\") };")] // A server of one's own.
    [InlineData("var keys = new Amazon.Runtime.BasicAWSCredentials(\"AKIA9fQ2x7ZtPqLw09fQ\", \"none\");")] // It needs a class of the program's.
    [InlineData("var http = new HttpClient(new HttpClientHandler()); http.DefaultRequestHeaders.Authorization = new(\"Bearer\", \"KEY\");")] // The handler does something.
    [InlineData("var http = new HttpClient(); if (service.IsLoopback) { http.DefaultRequestHeaders.Authorization = new(\"Bearer\", \"KEY\"); }")] // Only sometimes.
    [InlineData("using var request = new HttpRequestMessage(); request.Headers.Authorization = new(\"Bearer\", \"KEY\");")] // Which client sends it is not to be seen.
    public async Task Where_the_result_is_not_known_to_work_there_is_a_warning_and_no_fix(string body) =>
        Assert.Null(await FixedProgram.FixAsync(FixedProgram.With("", body.Replace("KEY", Key, StringComparison.Ordinal))));
}
