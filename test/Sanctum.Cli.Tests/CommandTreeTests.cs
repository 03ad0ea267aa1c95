using System.CommandLine;

namespace Sanctum.Cli.Tests;

public sealed class CommandTreeTests
{
    [Theory]
    [InlineData("init")]
    [InlineData("daemon start")]
    [InlineData("daemon start --foreground --socket /s --tcp 127.0.0.1:1 --http 127.0.0.1:2 --tls-cert /c --tls-key /k --client-ca /a --sealed")]
    [InlineData("daemon stop")]
    [InlineData("daemon status")]
    [InlineData("daemon stop --now")]
    [InlineData("node list")]
    [InlineData("vault upgrade")]
    [InlineData("vault move --to place --password-file f")]
    [InlineData("unseal")]
    [InlineData("unlock")]
    [InlineData("seal")]
    [InlineData("lock")]
    [InlineData("passphrase change")]
    [InlineData("seal-provider add systemd --name n --credential c")]
    [InlineData("seal-provider add keyring --keyring session")]
    [InlineData("seal-provider add transit --settings f")]
    [InlineData("seal-provider list")]
    [InlineData("seal-provider test n")]
    [InlineData("seal-provider remove n")]
    [InlineData("login")]
    [InlineData("store a/b --type t --description d --tag x --tag y --host h --host i --header-type bearer --value v")]
    [InlineData("store a/b --service s --host h --allow-origin http://o --allow-origin http://p --method GET --method POST --request-path /a --request-path /b --user u")]
    [InlineData("store a/b --jwt-claim iss=x --jwt-claim aud=y --jwt-allow sub --jwt-allow scope --jwt-max-lifetime 60")]
    [InlineData("store a/b --clear host --clear jwt")]
    [InlineData("service list")]
    [InlineData("service show n")]
    [InlineData("get a/b")]
    [InlineData("list --type t --tag x")]
    [InlineData("list --address vault.example:8201 --ca /a --client-cert /c --client-key /k")]
    [InlineData("--address vault.example:8201 read a/b --agent n")]
    [InlineData("remove a/b")]
    [InlineData("delete a/b")]
    [InlineData("agent register n --description d --public-key 00")]
    [InlineData("agent register n --protect")]
    [InlineData("agent list")]
    [InlineData("agent remove n")]
    [InlineData("policy add n --principal agent:x --resources a/*,b --actions list,use --max-ttl 60 --condition a=1 --condition b=2")]
    [InlineData("policy list")]
    [InlineData("policy remove n")]
    [InlineData("policy simulate --agent a --resource r --action use --operation sign")]
    [InlineData("policy simulate --agent a --resource r --action use --method POST --url https://api.example.com/v1")]
    [InlineData("lease status")]
    [InlineData("lease revoke id")]
    [InlineData("lease revoke --agent a")]
    [InlineData("lease revoke --all")]
    [InlineData("approval list")]
    [InlineData("approval approve id --for 1h")]
    [InlineData("approval deny id")]
    [InlineData("approval deny id --reason r")]
    [InlineData("approval show id")]
    [InlineData("approval grant id --path a/b --operation http_request --host h --host i --method GET --method POST --for 8h --max 5")]
    [InlineData("audit log --last 3 --agent a --resource a/* --action use --denied --since 15m")]
    [InlineData("audit list")]
    [InlineData("audit verify")]
    [InlineData("backup file --force")]
    [InlineData("restore file")]
    [InlineData("read a/b --agent n --key /k --key-passphrase-file /p --socket /s")]
    [InlineData("request a/b https://api.example.com/")]
    [InlineData("request a/b POST https://api.example.com/ -H a:b -H c:d -d x -o f -i --fail")]
    [InlineData("request a/b PUT https://api.example.com/ --data-file f --header a:b --output f --include")]
    [InlineData("request a/b https://api.example.com/ -")]
    [InlineData("sign a/b --algorithm ed25519 f")]
    [InlineData("sign a/b -")]
    [InlineData("git-credential get --credential h=a/b --credential i=a/b --user u --hosts-file f")]
    [InlineData("docker-credential list --credential h=a/b --user u --hosts-file f")]
    [InlineData("api-key-helper a/b --agent n")]
    [InlineData("import .env --prefix p --out f --force --dry-run")]
    [InlineData("import .env --replace")]
    [InlineData("scan")]
    [InlineData("scan d --ignored")]
    [InlineData("run --isolate -- prog")]
    [InlineData("run --service s --service t=a/b --env A=a/b --env-file f --agent n --key k --socket s -- prog")]
    [InlineData("dev")]
    [InlineData("demo")]
    public void What_is_documented_is_understood(string command)
    {
        Assert.Empty(Program.Commands().Parse(command).Errors);
        Assert.Empty(Program.Commands().Parse($"--vault-path /v --passphrase-file /p --json --verbose {command}").Errors);
        Assert.Empty(Program.Commands().Parse($"{command} --vault-path /v --passphrase-file /p --json --verbose").Errors);
    }

    [Fact]
    public void Everything_says_what_it_is_for()
    {
        var all = All(Program.Commands()).ToList();

        Assert.All(all, command =>
        {
            Assert.False(string.IsNullOrWhiteSpace(command.Description), command.Name);
            Assert.All(command.Options.Where(it => !it.Hidden), option => Assert.False(string.IsNullOrWhiteSpace(option.Description), option.Name));
            Assert.All(command.Arguments, argument => Assert.False(string.IsNullOrWhiteSpace(argument.Description), argument.Name));
        });
        Assert.True(all.Count > 30);
    }

    private static IEnumerable<Command> All(Command command) => [command, .. command.Subcommands.SelectMany(All)];
}
