using System.CommandLine;
using System.Text;
using System.Text.Unicode;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Credentials;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum sign PATH [FILE]</c></summary>
internal static class SignCommand
{
    public static Command Create(Runner runner)
    {
        var path = Paths.Argument();
        var file = new Argument<string>("FILE") { Description = "What to sign, byte for byte; '-' or nothing for stdin", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => GivenData.Stdin };
        var algorithm = new Option<string?>("--algorithm") { Description = "Such as hmac-sha256 or ed25519. Default: the one of the credential", HelpName = "A" };
        var agent = new AgentOptions();
        var command = new Command("sign", "As an agent: sign text with a secret that it does not see, and print the signature in base64") { path, file, algorithm };
        agent.AddTo(command);
        return runner.Bind(command, async run =>
        {
            var at = CredentialPath.Parse(run.Get(path)).Value;
            await using var client = agent.Open(run);
            var data = GivenData.Read(run.Get(file), "FILE");
            if (!Utf8.IsValid(data))
            {
                throw CliErrors.Usage("the data is not UTF-8 text", "sign its hash, in hex or base64, instead");
            }

            var signature = await client.SignAsync(at, Encoding.UTF8.GetString(data), run.Get(algorithm), run.Cancelled).ConfigureAwait(false);
            run.Terminal.Result(new SignatureDocument(at, signature.Value, signature.Algorithm), json => json.SignatureDocument, () => run.Terminal.Line(signature.Value));
        });
    }
}
