using Sanctum.Sdk.Program;

// A program that knows nothing of a vault, but for the verb that measures. Its key is in SERVICE_KEY. What it hears it says at once, a line for each piece.
var key = Environment.GetEnvironmentVariable("SERVICE_KEY") ?? "";
switch (args)
{
    case ["openai", var endpoint]:
        await SayAsync(Models.OpenAIAsync(endpoint, key));
        break;
    case ["anthropic", var endpoint]:
        await SayAsync(Models.AnthropicAsync(endpoint, key));
        break;
    case ["grpc", var endpoint]:
        using (var channel = Echo.Open(endpoint))
        {
            var (text, trailer) = await Echo.SayAsync(channel, key, "{one}");
            Console.WriteLine($"{text}|{trailer}");
            await SayAsync(Echo.TalkAsync(channel, key, ["{two}", "{three}"]));
        }

        break;
    case ["allocations", var socket, var keys, var url, var authority]:
        Console.WriteLine(await Allocations.MeasureAsync(socket, keys, url, authority));
        return;
    case ["calls", var socket, var keys]:
        Console.WriteLine(await Calls.MeasureAsync(socket, keys));
        return;
    case ["transfers", var socket, var keys, var origin, var mebibytes]:
        Console.WriteLine(await Transfers.MeasureAsync(socket, keys, origin, int.Parse(mebibytes, System.Globalization.CultureInfo.InvariantCulture)));
        return;
    default:
        throw new ArgumentException("openai|anthropic|grpc ENDPOINT, allocations SOCKET KEYS URL AUTHORITY, calls SOCKET KEYS, or transfers SOCKET KEYS ORIGIN MEBIBYTES");
}

// It stays, so that its memory can be searched.
Console.WriteLine("done");
Console.ReadLine();

static async Task SayAsync(IAsyncEnumerable<string> pieces)
{
    await foreach (var piece in pieces)
    {
        Console.WriteLine(piece);
    }
}
