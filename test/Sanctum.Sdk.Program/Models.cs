using System.ClientModel;
using System.ClientModel.Primitives;
using Anthropic;
using Anthropic.Models.Messages;
using OpenAI;
using OpenAI.Chat;

namespace Sanctum.Sdk.Program;

/// <summary>Asks a model and reads its words as they come, with the packages that its makers publish.</summary>
public static class Models
{
    /// <summary>With the package OpenAI.</summary>
    /// <param name="endpoint">The service.</param>
    /// <param name="key">What the program takes for its key.</param>
    /// <param name="http">What it sends with; null for the package's own choice.</param>
    public static async IAsyncEnumerable<string> OpenAIAsync(string endpoint, string key, HttpClient? http = null)
    {
        var options = new OpenAIClientOptions { Endpoint = new($"{endpoint}/openai/v1") };
        if (http is not null)
        {
            options.Transport = new HttpClientPipelineTransport(http);
        }

        var client = new ChatClient("gpt-test", new ApiKeyCredential(key), options);
        ChatMessage[] messages = [new UserChatMessage("hello")];
        await foreach (var update in client.CompleteChatStreamingAsync(messages))
        {
            foreach (var part in update.ContentUpdate)
            {
                yield return part.Text;
            }
        }
    }

    /// <summary>With the package Anthropic.</summary>
    /// <inheritdoc cref="OpenAIAsync" path="/param"/>
    public static async IAsyncEnumerable<string> AnthropicAsync(string endpoint, string key, HttpClient? http = null)
    {
        var client = new AnthropicClient { ApiKey = key, BaseUrl = $"{endpoint}/anthropic" };
        if (http is not null)
        {
            client = new AnthropicClient { ApiKey = key, BaseUrl = $"{endpoint}/anthropic", HttpClient = http };
        }

        await foreach (var update in client.Messages.CreateStreaming(new() { Model = "claude-test", MaxTokens = 10, Messages = [new UserMessageParam { Content = "hello" }] }))
        {
            if (update.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var text))
            {
                yield return text.Text;
            }
        }
    }
}
