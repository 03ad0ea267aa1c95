using System.ClientModel;
using Anthropic;
using Anthropic.Models.Messages;
using OpenAI;
using OpenAI.Chat;

namespace Sanctum.Sdk.Tests;

/// <summary>SDKs as they come from NuGet, with another base URL and a session token for their key, and no handler.</summary>
public sealed class BaseUrlTests(SdkVault vault) : IClassFixture<SdkVault>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_OpenAI_package_chats_by_a_base_URL(bool blocking)
    {
        using var agent = await vault.SignInAsync();
        var (url, token) = await UseAsync(agent, "openai");
        var client = new ChatClient("gpt-test", new ApiKeyCredential(token), new OpenAIClientOptions { Endpoint = new($"{url}/openai/v1") });
        ChatMessage[] messages = [new UserChatMessage("hello")];
        ChatCompletion completion = blocking ? client.CompleteChat(messages) : await client.CompleteChatAsync(messages);
        Assert.Equal("key Bearer [REDACTED]", completion.Content[0].Text);
        Require("/openai/v1/chat/completions", "Authorization", $"Bearer {SdkVault.Secret}", token);
    }

    [Fact]
    public async Task The_Anthropic_package_sends_a_message_by_a_base_URL()
    {
        using var agent = await vault.SignInAsync();
        var (url, token) = await UseAsync(agent, "anthropic/key");
        IAnthropicClient client = new AnthropicClient { ApiKey = token, BaseUrl = $"{url}/anthropic" };
        var message = await client.Messages.Create(new() { Model = "claude-test", MaxTokens = 10, Messages = [new UserMessageParam { Content = "hello" }] });
        Assert.Equal("key [REDACTED]", message.Content[0].TryPickText(out var text) ? text.Text : "");
        Require("/anthropic/v1/messages", "X-Api-Key", SdkVault.Secret, token);
    }

    private static async Task<(string Url, string Token)> UseAsync(BareAgent agent, string service)
    {
        var handle = await agent.CallAsync("crp/use", $$"""{"service":"{{service}}"}""");
        return (handle.GetProperty("proxyBaseUrl").GetString()!, handle.GetProperty("session_token").GetString()!);
    }

    private void Require(string path, string header, string value, string token)
    {
        var sent = vault.Service.Requests.Last(request => request.Target.StartsWith(path, StringComparison.Ordinal));
        Assert.Equal(value, sent[header]);
        Assert.DoesNotContain(sent.Headers, it => it.Value.Contains(token, StringComparison.Ordinal));
        Assert.DoesNotContain(token, sent.Target + sent.Text, StringComparison.Ordinal);
    }
}
