/** The shapes of Element Plus that are used; tokens.css comes after and gives them our look. */
import 'element-plus/theme-chalk/base.css'
import 'element-plus/theme-chalk/el-button.css'
import 'element-plus/theme-chalk/el-input.css'
import 'element-plus/theme-chalk/el-switch.css'
