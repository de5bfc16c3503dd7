from clarion.web.command_line import main

main()
