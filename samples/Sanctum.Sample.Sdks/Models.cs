using System.ClientModel;
using System.ClientModel.Primitives;
using Anthropic;
using Anthropic.Models.Messages;
using Azure.AI.OpenAI;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using OpenAI;
using OpenAI.Chat;
using Sanctum.Client;

namespace Sanctum.Sample.Sdks;

/// <summary>Packages that ask models. Each says "hello", and gives the words as they come.</summary>
internal static class Models
{
    public static async IAsyncEnumerable<string> OpenAIAsync(SanctumClient vault, Uri service)
    {
        var http = new HttpClient(new SanctumHttpHandler(vault, "openai/api_key"));
        var options = new OpenAIClientOptions { Endpoint = new(service, "openai/v1"), Transport = new HttpClientPipelineTransport(http) };
        var client = new OpenAIClient(new ApiKeyCredential("unused"), options).GetChatClient("gpt-5");

        await foreach (var update in client.CompleteChatStreamingAsync(new UserChatMessage("hello")))
        {
            foreach (var part in update.ContentUpdate)
            {
                yield return part.Text;
            }
        }
    }

    public static async IAsyncEnumerable<string> AnthropicAsync(SanctumClient vault, Uri service)
    {
        var http = new HttpClient(new SanctumHttpHandler(vault, "anthropic/api_key"));
        var client = new AnthropicClient { ApiKey = "unused", BaseUrl = $"{service}anthropic", HttpClient = http };

        await foreach (var update in client.Messages.CreateStreaming(new() { Model = "claude-test", MaxTokens = 10, Messages = [new UserMessageParam { Content = "hello" }] }))
        {
            if (update.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var text))
            {
                yield return text.Text;
            }
        }
    }

    public static async IAsyncEnumerable<string> AzureOpenAIAsync(SanctumClient vault, Uri service)
    {
        var http = new HttpClient(new SanctumHttpHandler(vault, "azure/openai"));
        var options = new AzureOpenAIClientOptions { Transport = new HttpClientPipelineTransport(http) };
        var client = new AzureOpenAIClient(service, new ApiKeyCredential("unused"), options).GetChatClient("my-deployment");

        await foreach (var update in client.CompleteChatStreamingAsync(new UserChatMessage("hello")))
        {
            foreach (var part in update.ContentUpdate)
            {
                yield return part.Text;
            }
        }
    }

    public static async IAsyncEnumerable<string> ExtensionsAsync(SanctumClient vault, Uri service)
    {
        var http = new HttpClient(new SanctumHttpHandler(vault, "openai/api_key"));
        var options = new OpenAIClientOptions { Endpoint = new(service, "openai/v1"), Transport = new HttpClientPipelineTransport(http) };
        IChatClient client = new OpenAIClient(new ApiKeyCredential("unused"), options).GetChatClient("gpt-5").AsIChatClient();

        await foreach (var update in client.GetStreamingResponseAsync("hello"))
        {
            yield return update.Text;
        }
    }

    public static async IAsyncEnumerable<string> SemanticKernelAsync(SanctumClient vault, Uri service)
    {
        var http = new HttpClient(new SanctumHttpHandler(vault, "openai/api_key"));
        var builder = Kernel.CreateBuilder().AddOpenAIChatCompletion("gpt-5", new Uri(service, "openai/v1"), "unused", httpClient: http);
        var kernel = builder.Build();

        await foreach (var update in kernel.InvokePromptStreamingAsync("hello"))
        {
            yield return update.ToString();
        }
    }

    public static async IAsyncEnumerable<string> AgentAsync(SanctumClient vault, Uri service)
    {
        var http = new HttpClient(new SanctumHttpHandler(vault, "openai/api_key"));
        var options = new OpenAIClientOptions { Endpoint = new(service, "openai/v1"), Transport = new HttpClientPipelineTransport(http) };
        var agent = new ChatClientAgent(new OpenAIClient(new ApiKeyCredential("unused"), options).GetChatClient("gpt-5").AsIChatClient(), "You greet people.");

        await foreach (var update in agent.RunStreamingAsync("hello"))
        {
            yield return update.Text;
        }
    }
}
